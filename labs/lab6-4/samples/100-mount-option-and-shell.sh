mkdir -p /lab/site
printf '호스트에서 쓴 글\n' > /lab/site/index.html
docker run -it --name web --mount type=bind,src=/lab/site,dst=/site alpine sh
cat /site/index.html
echo 컨테이너에서 쓴 글 > /site/from-container.txt
<ctrl-p><ctrl-q>
cat /lab/site/from-container.txt
echo 호스트에서 고친 글 > /lab/site/index.html
docker attach web
cat /site/index.html
echo 레이어에 쓴 글 > /root/own.txt
exit
docker diff web
docker rm web
ls -l /lab/site
