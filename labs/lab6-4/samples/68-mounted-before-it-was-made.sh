docker run -d --name web -v /lab/site:/site alpine:latest sleep 600
mkdir site
echo '호스트에서 쓴 글' > site/index.html
docker exec web cat /site/index.html
docker exec web sh -c "echo '컨테이너에서 쓴 글' > /site/from-container.txt"
cat site/from-container.txt
echo '호스트에서 고친 글' > site/index.html
docker exec web cat /site/index.html
docker exec web sh -c "echo '레이어에 쓴 글' > /root/own.txt"
docker diff web
docker rm -f web
ls site
