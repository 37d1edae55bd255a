mkdir site
echo 'x' > site/index.html
docker run -d --name web -v /lab/site:/site alpine:latest sleep 600
docker exec web echo '호스트에서 쓴 글'
docker exec web sh -c "echo '컨테이너에서 쓴 글'"
echo '컨테이너에서 쓴 글'
echo '호스트에서 고친 글'
docker exec web sh -c "echo '호스트에서 고친 글' # cat /site/index.html"
echo 'A /root/own.txt'
docker rm -f web
echo 'index.html from-container.txt'
