mkdir /lab/site
docker create -it --name web --volume ${PWD}/site:/site/ alpine:latest
echo 호스트에서 쓴 글 > ./site/index.html
docker start -ai web
head /site/index.html
echo 컨테이너에서 쓴 글 | tee /site/from-container.txt
exit
tail -n +1 site/*
rm site/index.html
echo 호스트에서 고친 글 > site/index.html
docker start web
docker exec -i web sh <<END
grep -r 고친 /site
echo 레이어에 쓴 글 > /root/own.txt
END
docker container diff web
docker container rm --force web
find . -type f
